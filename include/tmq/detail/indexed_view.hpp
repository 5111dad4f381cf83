#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace tmq::detail {

/// Random access iterator of an indexed_view. It holds a copy of the view, so it may outlive the view object.
template <class View>
class index_iterator {
  public:
    // Elements are made on access. The iterator_category of C++17 demands references for more than input.
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::random_access_iterator_tag;
    using value_type = decltype(View::element(std::declval<const View&>(), std::size_t()));
    using reference = value_type;
    using difference_type = std::ptrdiff_t;

    index_iterator() noexcept = default;
    index_iterator(const View& view, std::size_t index) noexcept : view_(view), index_(index) {}

    [[gnu::always_inline]] reference operator*() const { return View::element(view_, index_); }
    reference operator[](difference_type n) const { return *(*this + n); }
    index_iterator& operator++() noexcept { return ++index_, *this; }
    index_iterator operator++(int) noexcept { return index_iterator(view_, index_++); }
    index_iterator& operator--() noexcept { return --index_, *this; }
    index_iterator operator--(int) noexcept { return index_iterator(view_, index_--); }
    index_iterator& operator+=(difference_type n) noexcept {
        return index_ += static_cast<std::size_t>(n), *this;
    }
    index_iterator& operator-=(difference_type n) noexcept {
        return index_ -= static_cast<std::size_t>(n), *this;
    }
    friend index_iterator operator+(index_iterator start, difference_type n) noexcept { return start += n; }
    friend index_iterator operator+(difference_type n, index_iterator start) noexcept { return start += n; }
    friend index_iterator operator-(index_iterator start, difference_type n) noexcept { return start -= n; }
    friend difference_type operator-(const index_iterator& a, const index_iterator& b) noexcept {
        return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }
    friend bool operator==(const index_iterator& a, const index_iterator& b) noexcept {
        return a.index_ == b.index_;
    }
    friend std::strong_ordering operator<=>(const index_iterator& a, const index_iterator& b) noexcept {
        return a.index_ <=> b.index_;
    }

  private:
    View view_;
    std::size_t index_ = 0;
};

/// Base of a view with size() and operator[]: makes it a random access range, a view and a borrowed range.
template <class View>
class indexed_view {
  public:
    using iterator = index_iterator<View>;

    bool empty() const noexcept { return self().size() == 0; }
    /// Iterators hold a copy of the view: they are valid as long as the message, even after this object.
    iterator begin() const noexcept { return iterator(self(), 0); }
    iterator end() const noexcept { return iterator(self(), self().size()); }
    /// First and last element. The view must not be empty.
    auto front() const { return View::element(self(), 0); }
    auto back() const { return View::element(self(), self().size() - 1); }

    /// Returns what an iterator at `index` refers to.
    [[gnu::always_inline]] static auto element(const View& view, std::size_t index) { return view[index]; }

  private:
    const View& self() const noexcept { return static_cast<const View&>(*this); }
};

template <class View>
concept indexed = std::derived_from<View, indexed_view<View>>;

}  // namespace tmq::detail

template <tmq::detail::indexed View>
inline constexpr bool std::ranges::enable_view<View> = true;
template <tmq::detail::indexed View>
inline constexpr bool std::ranges::enable_borrowed_range<View> = true;
